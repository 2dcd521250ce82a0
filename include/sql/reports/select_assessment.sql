-- grain: the newest revision of one street's period, or nothing
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT id, scheme_version, revision, input_hash, is_official, assessed_at
FROM assessment
WHERE scheme = :scheme AND period = :period AND street_code = :street_code
ORDER BY revision DESC
LIMIT 1
