-- grain: a system and street: how many items are open, and how many of them, that go by steps, are past the last day of their
--   step and wait for nobody else
-- parameters: on_date
-- writes: nothing
SELECT
    i.scheme,
    COALESCE(u.street_code, '') AS street_code,
    COUNT(*) AS open_items,
    SUM(
        CASE WHEN i.kind <> 'rectification' AND EXISTS (
            SELECT 1
            FROM item_step AS s
            WHERE
                s.item_id = i.id AND s.ended_date IS NULL AND s.waits_since_date IS NULL AND s.due_date < :on_date
        ) THEN 1 ELSE 0 END
    ) AS overdue_items
FROM rectification_item AS i
LEFT JOIN unit AS u
    ON u.code = i.unit_code AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
WHERE i.is_open
GROUP BY i.scheme, u.street_code
ORDER BY i.scheme, u.street_code
