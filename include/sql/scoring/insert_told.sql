-- grain: one unit that is told of a checkpoint's result; again, after a failure, by another notice
-- parameters: every column of told_checkpoint
-- writes: told_checkpoint
INSERT INTO told_checkpoint (assessment_id, unit_code, told_at, notice_id)
VALUES (:assessment_id, :unit_code, :told_at, :notice_id)
ON CONFLICT (assessment_id, unit_code) DO UPDATE SET told_at = excluded.told_at, notice_id = excluded.notice_id
