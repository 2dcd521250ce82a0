-- grain: one street and period with an official result by the moment, with its newest revision of then
-- parameters: as_of_at
-- writes: nothing
SELECT scheme, period, street_code, MAX(revision) AS revision
FROM assessment
WHERE is_official AND assessed_at <= :as_of_at
GROUP BY scheme, period, street_code
ORDER BY scheme, street_code, period
