-- grain: one unit of an assessment
-- parameters: every column; figures as text
-- writes: score
INSERT INTO score (assessment_id, unit_code, unit_name, total, rank, grade, grade_reason, status, days_late, sha256, inputs)
VALUES (
    :assessment_id, :unit_code, :unit_name, CAST(:total AS NUMERIC(9, 2)), CAST(:rank AS INTEGER), :grade,
    :grade_reason, :status, :days_late, CAST(:sha256 AS VARCHAR(64)), :inputs
)
