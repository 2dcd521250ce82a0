-- writes: circular, from draft to approved; no row where somebody was faster or the draft has changed
-- parameters: id, model_hash, approved_by, approved_at, issue_date, account
UPDATE circular
SET state = 'approved', approved_by = :approved_by, approved_at = :approved_at, issue_date = :issue_date,
    account = :account
WHERE id = :id AND state = 'draft' AND model_hash = :model_hash
