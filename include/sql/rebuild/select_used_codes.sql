-- grain: one code that was used up by a content answered by the moment
-- parameters: as_of_at
-- writes: nothing
SELECT id, about, sha256, used_at
FROM used_code
WHERE EXISTS (
    SELECT 1 FROM delivery WHERE delivery.sha256 = used_code.sha256 AND delivery.answered_at <= :as_of_at
)
ORDER BY id
