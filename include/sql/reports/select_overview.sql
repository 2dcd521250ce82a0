-- grain: one item, with its unit's name on a day, who answers for it (while it is open, the liaison of that day), when it was
--   last closed, where a person did so, and when the community gave the answer that stands: its last; of one that goes by steps
--   how often the inspectors looked, how often in time, and whether they are late now
-- parameters: on_date, street_code (empty: all), machine (who closes what was refuted)
-- writes: nothing
SELECT
    i.id,
    i.scheme,
    i.unit_code,
    u.name AS unit_name,
    i.indicator,
    i.problem,
    CASE WHEN i.is_open AND u.code IS NOT NULL THEN u.liaison_email ELSE i.liaison END AS liaison,
    i.deadline,
    i.state,
    i.is_open,
    (
        SELECT e.happened_at
        FROM item_event e
        WHERE
            e.item_id = i.id AND e.kind = 'closed' AND e.actor <> :machine
            AND NOT EXISTS (
                SELECT 1
                FROM item_event later
                WHERE later.item_id = e.item_id AND later.kind = 'closed' AND later.sequence > e.sequence
            )
    ) AS closed_at,
    (
        SELECT e.happened_at
        FROM item_event e
        WHERE
            e.item_id = i.id AND e.kind = 'answered'
            AND NOT EXISTS (
                SELECT 1
                FROM item_event later
                WHERE later.item_id = e.item_id AND later.kind = 'answered' AND later.sequence > e.sequence
            )
    ) AS answered_at,
    EXISTS (SELECT 1 FROM item_step s WHERE s.item_id = i.id) AS has_steps,
    (
        SELECT COUNT(*)
        FROM item_step s
        WHERE s.item_id = i.id AND s.holder_scope = 'inspectors' AND s.ended_date <= :on_date
    ) AS looks,
    (
        SELECT COUNT(*)
        FROM item_step s
        WHERE
            s.item_id = i.id AND s.holder_scope = 'inspectors' AND s.ended_date <= :on_date
            AND s.ended_date <= s.due_date
    ) AS looks_in_time,
    EXISTS (
        SELECT 1
        FROM item_step s
        WHERE
            s.item_id = i.id AND s.holder_scope = 'inspectors' AND s.ended_date IS NULL AND s.due_date < :on_date
    ) AS is_look_late
FROM rectification_item i
LEFT JOIN unit u ON u.code = i.unit_code AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
WHERE i.kind = 'rectification' AND (:street_code = '' OR u.street_code = :street_code)
ORDER BY i.unit_code, i.indicator, i.id
