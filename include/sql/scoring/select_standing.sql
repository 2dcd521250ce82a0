-- grain: at most one row, the newest revision of a street's period made by the moment
-- parameters: scheme, period, street_code, as_of_at
-- writes: nothing
SELECT id, revision
FROM assessment
WHERE scheme = :scheme AND period = :period AND street_code = :street_code AND assessed_at <= :as_of_at
ORDER BY revision DESC
LIMIT 1
