-- grain: one row a street that has a subject of some kinds on a day
-- parameters: on_date, the day; any_kind, the kinds
-- writes: nothing
SELECT DISTINCT street_code
FROM unit
WHERE kind IN :any_kind AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY street_code
