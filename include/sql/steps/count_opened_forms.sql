-- grain: one row; how many forms of a scheme's period went out
-- parameters: period, subjects (scheme/period/ and a per cent sign)
-- reads: notice
SELECT COUNT(*) AS forms
FROM notice
WHERE kind = 'form_opened' AND period = :period AND subject LIKE :subjects
