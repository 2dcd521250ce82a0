-- grain: one form that was opened by the moment; that somebody was told later is not known yet
-- parameters: as_of_at
-- writes: nothing
SELECT scheme, period, unit_code, form, reader, street_code, filler, opened_at,
    CASE WHEN asked_at <= :as_of_at THEN asked_at END AS asked_at,
    file_name, sha256
FROM opened_form
WHERE opened_at <= :as_of_at
ORDER BY scheme, period, unit_code, form, reader
