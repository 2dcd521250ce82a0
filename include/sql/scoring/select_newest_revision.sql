-- grain: one row, the newest revision of a street's period; 0 where there is none
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT COALESCE(MAX(revision), 0) AS revision
FROM assessment
WHERE scheme = :scheme AND period = :period AND street_code = :street_code
