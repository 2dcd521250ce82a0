-- grain: one subject of some kinds that a link joins to another on a day, whichever belongs to which, by code
-- parameters: code, the other; link, its name; on_date, the day; any_kind, the kinds
-- writes: nothing
SELECT
    code, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, is_provisional_code, kind
FROM unit
WHERE
    code IN (
        SELECT to_code
        FROM unit_link
        WHERE
            code = :code AND link = :link
            AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
        UNION
        SELECT code
        FROM unit_link
        WHERE
            to_code = :code AND link = :link
            AND valid_from <= :on_date AND (valid_to IS NULL OR valid_to >= :on_date)
    )
    AND kind IN :any_kind
    AND valid_from <= :on_date
    AND (valid_to IS NULL OR valid_to >= :on_date)
ORDER BY code
