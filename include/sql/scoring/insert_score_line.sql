-- grain: one unit and indicator of an assessment
-- parameters: every column; figures as text
-- writes: score_line
INSERT INTO score_line (
    assessment_id, unit_code, indicator, position, points, "full", outcome, explanation, has_problem, problem,
    deadline_working_days, details, points_exact
)
VALUES (
    :assessment_id, :unit_code, :indicator, :position, CAST(:points AS NUMERIC(9, 2)),
    CAST(:full_points AS NUMERIC(9, 2)), :outcome, :explanation, :has_problem, :problem,
    CAST(:deadline_working_days AS INTEGER), :details, CAST(:points_exact AS TEXT)
)
