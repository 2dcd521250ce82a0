-- grain: a period and how grave (fail, warn; hint: of the whole table), and in it a field of a form, or (is_by_unit) a unit: what the
--   checks found of the hand-ins of a street's or county's units; and, as handed_in, how many hand-ins and units a form (a unit) has
-- parameters: scheme, any_period; first_street, last_street (its streets), scope (its code: of forms that the office fills in, and of
--   hints); is_by_unit; form, field, unit_code (each empty: all)
-- writes: nothing
WITH filler AS (
    SELECT unit.code
    FROM unit
    WHERE unit.street_code BETWEEN :first_street AND :last_street
    UNION
    SELECT CAST(:scope AS VARCHAR(32)) AS code
),

handed_in AS (
    SELECT submission.sha256, submission.period, submission.form, submission.unit_code
    FROM filler
    CROSS JOIN submission
    WHERE
        submission.unit_code = filler.code AND submission.period IN :any_period AND submission.scheme = :scheme
        AND (:unit_code = '' OR submission.unit_code = :unit_code) AND (:form = '' OR submission.form = :form)
),

found AS (
    SELECT handed_in.period, handed_in.form, handed_in.unit_code, finding.field, finding.severity
    FROM handed_in
    CROSS JOIN finding
    WHERE finding.sha256 = handed_in.sha256 AND (:field = '' OR finding.field = :field)
    UNION ALL
    SELECT table_hint.period, table_hint.form, table_hint.unit_code, table_hint.field, 'hint' AS severity
    FROM table_hint
    WHERE
        table_hint.scheme = :scheme AND table_hint.period IN :any_period AND table_hint.street_code = :scope
        AND (:unit_code = '' OR table_hint.unit_code = :unit_code) AND (:form = '' OR table_hint.form = :form)
        AND (:field = '' OR table_hint.field = :field)
    UNION ALL
    SELECT handed_in.period, handed_in.form, handed_in.unit_code, '' AS field, 'handed_in' AS severity
    FROM handed_in
)

SELECT
    found.period, found.severity,
    CASE WHEN :is_by_unit THEN '' ELSE found.form END AS of_form,
    CASE WHEN :is_by_unit THEN '' ELSE found.field END AS of_field,
    CASE WHEN :is_by_unit THEN found.unit_code ELSE '' END AS of_unit,
    COUNT(*) AS findings, COUNT(DISTINCT found.unit_code) AS units
FROM found
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
