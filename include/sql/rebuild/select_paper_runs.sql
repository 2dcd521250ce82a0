-- grain: one moment at which papers of forms were made for a street's or county's period, by the moment
-- parameters: as_of_at
-- writes: nothing
SELECT DISTINCT scheme, period, street_code, made_at
FROM paper
WHERE circular_id IS NULL AND made_at <= :as_of_at
ORDER BY made_at, scheme, period, street_code
