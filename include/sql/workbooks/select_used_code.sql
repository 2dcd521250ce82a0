-- grain: by what a code was used up; none where it was not yet
-- parameters: id
-- writes: nothing
SELECT sha256, used_at
FROM used_code
WHERE id = :id
