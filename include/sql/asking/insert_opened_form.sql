-- grain: one form that was opened; one of which somebody was told stays as it is while nobody is told anew
-- parameters: every column of opened_form
-- writes: opened_form
INSERT INTO opened_form (
    scheme, period, unit_code, form, reader, street_code, filler, opened_at, asked_at, file_name, sha256
)
VALUES (
    :scheme, :period, :unit_code, :form, :reader, :street_code, :filler, :opened_at, :asked_at, :file_name, :sha256
)
ON CONFLICT (scheme, period, unit_code, form, reader) DO UPDATE SET
    street_code = excluded.street_code,
    asked_at = excluded.asked_at,
    file_name = excluded.file_name,
    sha256 = excluded.sha256
WHERE excluded.asked_at IS NOT NULL
