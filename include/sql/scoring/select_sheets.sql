-- grain: one hand-in of a sheet that an office fills in under a code of its own, received by the moment, by version
-- parameters: scheme, period, any_code (the offices), as_of_at
-- writes: nothing
SELECT sha256, form, unit_code, version, status, received_at
FROM submission
WHERE scheme = :scheme
    AND period = :period
    AND unit_code IN :any_code
    AND received_at <= :as_of_at
ORDER BY unit_code, form, version
