-- grain: one system and period that a street or county has a result of
-- parameters: street_code
-- writes: nothing
SELECT scheme, period, MAX(revision) AS revision
FROM assessment
WHERE street_code = :street_code
GROUP BY scheme, period
