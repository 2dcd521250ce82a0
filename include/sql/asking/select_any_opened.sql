-- grain: one row where any form of a scheme's period was opened to be reported in, none where none was
-- parameters: scheme, period
-- writes: nothing
SELECT 1 AS found
FROM opened_form
WHERE scheme = :scheme AND period = :period AND filler <> 'inspectors'
LIMIT 1
