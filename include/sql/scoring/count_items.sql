-- grain: one unit that has items of a system, by the moment: how many in all, open and closed
-- parameters: any_code (units), scheme, found_in (a period whose circular named the item, this one's revisions too; empty: any), as_of_at
-- writes: nothing
SELECT unit_code, COUNT(*) AS items, COUNT(*) - SUM(is_closed) AS open_items, SUM(is_closed) AS closed_items
FROM (
    SELECT
        rectification_item.unit_code,
        CASE
            WHEN (
                SELECT item_event.kind
                FROM item_event
                WHERE
                    item_event.item_id = rectification_item.id AND item_event.happened_at <= :as_of_at
                    AND item_event.kind IN ('opened', 'closed', 'reopened')
                ORDER BY item_event.sequence DESC
                LIMIT 1
            ) = 'closed' THEN 1 ELSE 0
        END AS is_closed
    FROM rectification_item
    WHERE
        rectification_item.unit_code IN :any_code AND rectification_item.scheme = :scheme AND rectification_item.kind = 'rectification'
        AND EXISTS (
            SELECT 1 FROM item_event
            WHERE item_event.item_id = rectification_item.id AND item_event.happened_at <= :as_of_at
        )
        AND (
            :found_in = ''
            OR EXISTS (
                SELECT 1 FROM item_event
                WHERE
                    item_event.item_id = rectification_item.id
                    AND item_event.kind IN ('opened', 'carried', 'reopened')
                    AND (item_event.stage = :found_in OR item_event.stage LIKE :found_in || '/r%')
            )
        )
) AS counted
GROUP BY unit_code
