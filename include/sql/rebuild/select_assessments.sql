-- grain: one assessment made by the moment, oldest first
-- parameters: as_of_at
-- writes: nothing
SELECT id, scheme, scheme_version, period, street_code, revision, input_hash, is_official, assessed_at
FROM assessment
WHERE assessed_at <= :as_of_at
ORDER BY assessed_at, period, street_code, revision
