-- grain: one unit and cell of an assessment
-- parameters: every column
-- writes: score_value
INSERT INTO score_value (
    assessment_id, unit_code, field, position, field_label, version, reported, corrected, used, source_cell
)
VALUES (
    :assessment_id, :unit_code, :field, :position, :field_label, :version, :reported, :corrected, :used, :source_cell
)
