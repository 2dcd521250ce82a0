-- grain: one revision of a street's period, oldest first
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT id, scheme, period, street_code, revision, input_hash, hash_recipe, assessed_at
FROM assessment
WHERE scheme = :scheme AND period = :period AND street_code = :street_code
ORDER BY revision
