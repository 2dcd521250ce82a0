-- grain: one hand-in of some contents
-- parameters: any_sha256
-- writes: nothing
SELECT sha256, scheme, scheme_version, form, period, unit_code, version, status, received_at, returned_sha256, returned_name
FROM submission
WHERE sha256 IN :any_sha256
