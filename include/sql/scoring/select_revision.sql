-- grain: the revision with this input_hash, at most one
-- parameters: scheme, period, street_code, input_hash
-- writes: nothing
SELECT id, revision
FROM assessment
WHERE scheme = :scheme AND period = :period AND street_code = :street_code AND input_hash = :input_hash
