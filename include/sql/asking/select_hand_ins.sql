-- grain: one unit of a street and form that has handed in by a moment, and whether a version was accepted
-- parameters: scheme, period, received_at (up to)
-- writes: nothing
SELECT unit_code, form, MAX(CASE WHEN status = 'accepted' THEN 1 ELSE 0 END) AS accepted
FROM submission
WHERE unit_code IN :any_code AND scheme = :scheme AND period = :period AND received_at <= :received_at
GROUP BY unit_code, form
