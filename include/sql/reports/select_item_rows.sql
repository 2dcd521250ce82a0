-- grain: one item of a street's or county's units, with its unit's name on a day, the stage of the chase that it reached last,
--   and when the community answered last; open ones by deadline, then those that are closed
-- parameters: on_date, first_street, last_street, unit_code (empty: all)
-- writes: nothing
SELECT
    i.id, i.scheme, i.kind, i.unit_code, u.name AS unit_name, i.indicator, i.problem, i.opened_period, i.opened_date, i.deadline,
    i.is_provisional, i.state, i.is_open, i.owner,
    CASE WHEN i.is_open THEN u.liaison_email ELSE i.liaison END AS liaison,
    (
        SELECT e.stage
        FROM item_event AS e
        WHERE e.item_id = i.id AND e.kind IN ('reminded', 'urged', 'drafted', 'supervised')
        ORDER BY e.sequence DESC
        LIMIT 1
    ) AS stage,
    (
        SELECT MAX(e.happened_at)
        FROM item_event AS e
        WHERE e.item_id = i.id AND e.kind = 'answered'
    ) AS answered_at
FROM unit AS u
CROSS JOIN rectification_item AS i
WHERE u.code = i.unit_code AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
    AND u.street_code BETWEEN :first_street AND :last_street AND (:unit_code = '' OR i.unit_code = :unit_code)
ORDER BY CASE WHEN i.is_open THEN 0 ELSE 1 END, i.deadline, i.unit_code, i.indicator, i.id
