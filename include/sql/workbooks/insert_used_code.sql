-- grain: one code that holds for one act, used by one content; the first one's stands
-- parameters: id, about, sha256, used_at
-- writes: used_code
INSERT INTO used_code (id, about, sha256, used_at)
VALUES (:id, :about, :sha256, :used_at)
ON CONFLICT (id) DO NOTHING
