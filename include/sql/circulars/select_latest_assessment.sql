-- grain: the newest official assessment of a street's period, none or one
-- parameters: scheme, period, street_code
SELECT id, scheme_version, period, revision
FROM assessment
WHERE scheme = :scheme AND period = :period AND street_code = :street_code AND is_official
ORDER BY revision DESC
LIMIT 1
