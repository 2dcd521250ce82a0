-- grain: the last accepted hand-in of a unit, of any scheme
-- parameters: unit_code
-- writes: nothing
SELECT scheme, period, unit_code, sha256
FROM submission
WHERE unit_code = :unit_code AND status = 'accepted'
ORDER BY received_at DESC, version DESC, sha256
LIMIT 1
