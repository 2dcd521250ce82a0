-- grain: one thing that moved between two assessments of a street's period, or one cause of it
-- parameters: every column; figures as text
-- writes: restatement
INSERT INTO restatement (
    assessment_id, unit_code, kind, field, previous_id, position, form, label, source_cell, old, new, moved, cause,
    source, why
)
VALUES (
    :assessment_id, :unit_code, :kind, :field, :previous_id, :position, :form, :label, :source_cell, :old_text,
    :new_text, CAST(:moved AS NUMERIC(9, 2)), :cause, :source, :why
)
