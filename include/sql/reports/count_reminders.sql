-- grain: one unit with how often it was reminded to hand in
-- parameters: scheme, period, kind
-- writes: nothing
SELECT unit_code, COUNT(*) AS reminders
FROM notice
WHERE scheme = :scheme AND period = :period AND kind = :kind AND state = 'sent'
GROUP BY unit_code
