-- grain: one row; whether the database holds anything of ours
-- parameters: none
-- reads: unit, delivery, assessment, notice
SELECT (SELECT COUNT(*) FROM unit) + (SELECT COUNT(*) FROM delivery)
     + (SELECT COUNT(*) FROM assessment) + (SELECT COUNT(*) FROM notice) AS row_count
