-- grain: one arrival of one of some contents, with its answer
-- parameters: any_sha256
-- writes: nothing
SELECT id, status, unit_code, version, message, seconds, answered_at, signed_off_period, scheme
FROM delivery
WHERE sha256 IN :any_sha256
