-- grain: how the circular of an assessment was put to the committee last, none or one
-- parameters: assessment_id
-- reads: referral
SELECT batch, is_settled
FROM referral
WHERE subject = :assessment_id
