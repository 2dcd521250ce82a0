-- grain: a street, of the forms of a period that units or streets were asked for: how many, how many were taken, and of how many
--   the only versions were sent back
-- parameters: scheme, period
-- writes: nothing
SELECT
    o.street_code,
    COUNT(*) AS asked,
    SUM(
        CASE WHEN EXISTS (
            SELECT 1
            FROM submission AS s
            WHERE
                s.scheme = o.scheme AND s.form = o.form AND s.period = o.period AND s.unit_code = o.unit_code
                AND s.status = 'accepted'
        ) THEN 1 ELSE 0 END
    ) AS accepted,
    SUM(
        CASE WHEN EXISTS (
            SELECT 1
            FROM submission AS s
            WHERE s.scheme = o.scheme AND s.form = o.form AND s.period = o.period AND s.unit_code = o.unit_code
        ) AND NOT EXISTS (
            SELECT 1
            FROM submission AS s
            WHERE
                s.scheme = o.scheme AND s.form = o.form AND s.period = o.period AND s.unit_code = o.unit_code
                AND s.status = 'accepted'
        ) THEN 1 ELSE 0 END
    ) AS returned
FROM opened_form AS o
WHERE o.scheme = :scheme AND o.period = :period AND o.filler <> 'inspectors'
GROUP BY o.street_code
ORDER BY o.street_code
