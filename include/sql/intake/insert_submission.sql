-- grain: one row a hand-in that could be read as a form of ours
-- parameters: sha256, scheme, scheme_version, form, period, unit_code, version, status, received_at, returned_sha256,
--   returned_name
-- writes: submission
INSERT INTO submission (
    sha256, scheme, scheme_version, form, period, unit_code, version, status, received_at, returned_sha256, returned_name
)
VALUES (
    :sha256, :scheme, :scheme_version, :form, :period, :unit_code, :version, :status, :received_at, :returned_sha256,
    :returned_name
)
