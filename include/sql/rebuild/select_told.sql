-- grain: one unit that was told of a checkpoint's result by the moment
-- parameters: as_of_at
-- writes: nothing
SELECT assessment_id, unit_code, told_at, notice_id
FROM told_checkpoint
WHERE told_at <= :as_of_at
ORDER BY assessment_id, unit_code
