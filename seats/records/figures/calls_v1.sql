-- Figures of calls, version 1. README.md beside this file says each in words; a changed meaning is a new file with a new version.
--   $1, $2  calls that began from $1 until before $2
--   $3      areas, or NULL for all there are
--   $4      whether each area has its row
--   $5      whether each 'half-hour' or each 'day' of China's time has its row, or NULL
--   $6      the province's id
--   $7, $8  county units, and the city of each
-- The row with `whole` is everything together. Times are milliseconds.
WITH promise AS (
    -- Of each call: who was owed a call because of it, for how many it was made or needed no more, and for how many soon.
    SELECT
        callbacks.call,
        count(*) FILTER (WHERE slot IS NULL) AS callbacks_owed,
        count(*) FILTER (WHERE slot IS NULL AND kept) AS callbacks_made,
        count(*) FILTER (WHERE slot IS NULL AND kept AND closed_at <= asked_at + interval '2 hours') AS callbacks_in_time,
        count(*) FILTER (WHERE slot IS NOT NULL) AS appointments,
        count(*) FILTER (WHERE kept AND closed_at <= slot + interval '1 hour') AS appointments_kept
    FROM seats.callbacks CROSS JOIN LATERAL (SELECT state IN ('done', 'taken_back') AS kept) AS ending
    WHERE call IS NOT NULL AND why <> 'message' AND asked_at >= $1::timestamptz
    GROUP BY callbacks.call
),
message AS (
    -- One a call at most counts: it is about the same matter.
    SELECT messages.call, bool_and(ended.at IS NOT NULL) AS dealt, bool_and(ended.at <= left_at + interval '24 hours') AS in_time
    FROM seats.messages
    LEFT JOIN seats.callbacks ON callbacks.id = messages.callback AND callbacks.state IN ('done', 'taken_back')
    CROSS JOIN LATERAL (SELECT least(messages.closed_at, callbacks.closed_at) AS at) AS ended
    WHERE messages.state <> 'empty' AND left_at >= $1::timestamptz
    GROUP BY messages.call
),
call AS (
    SELECT
        calls.started_at, calls.outcome, calls.area, seats.area AS seat_area, calls.talk_ms,
        calls.queued_at IS NOT NULL AS queued,
        calls.answered_at IS NOT NULL AS answered,
        coalesce(calls.wait_ms, 0) AS wait_ms,
        CASE calls.outcome
            WHEN 'abandoned_in_queue' THEN calls.wait_ms
            WHEN 'abandoned_in_menu' THEN round(extract(epoch FROM calls.ended_at - calls.started_at) * 1000)
        END AS abandoned_after_ms,
        ratings.linkedid IS NOT NULL AS rating_asked, ratings.score,
        conversations.linkedid IS NOT NULL AS spoken_with,
        coalesce(conversations.human, false) AS voice_to_human,
        calls.outcome = 'self_served' AND coalesce(conversations.resolved, false) AS voice_content,
        -- A withheld number cannot be seen to come back: it counts as coming back.
        conversations.linkedid IS NOT NULL AND (calls.caller = '' OR EXISTS (
            SELECT FROM seats.calls AS later
            WHERE later.caller = calls.caller AND later.origin = 'trunk' AND later.caller NOT LIKE '%****'
                AND later.linkedid <> calls.linkedid AND later.started_at > calls.started_at
                AND later.started_at <= calls.ended_at + interval '2 hours'
        )) AS called_again,
        promise.callbacks_owed, promise.callbacks_made, promise.callbacks_in_time, promise.appointments, promise.appointments_kept,
        message.dealt AS message_dealt, message.in_time AS message_in_time,
        moved.*
    FROM seats.calls LEFT JOIN seats.seats ON seats.number = calls.answered_by
    LEFT JOIN seats.ratings ON ratings.linkedid = calls.linkedid
    LEFT JOIN seats.conversations ON conversations.linkedid = calls.linkedid
    LEFT JOIN promise ON promise.call = calls.linkedid
    LEFT JOIN message ON message.call = calls.linkedid
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE taken AND how IN ('blind', 'attended', 'command')) AS moved,
            count(*) FILTER (WHERE taken AND how <> 'back' AND taker <> giver AND taker <> $6::text) AS brought_in_city,
            count(*) FILTER (WHERE taken AND how <> 'back' AND taker <> giver AND taker = $6::text) AS brought_in_province,
            count(*) FILTER (WHERE how IN ('adviser', 'third')) AS hands_raised,
            count(*) FILTER (WHERE taken AND how IN ('adviser', 'third')) AS hands_taken,
            sum(waited_ms) FILTER (WHERE taken AND how IN ('adviser', 'third')) AS help_ms
        FROM (
            SELECT moves.how, moves.result = 'taken' AS taken,
                extract(epoch FROM moves.taken_at - moves.at) * 1000 AS waited_ms,
                coalesce(of_giver.city, givers.area) AS giver, coalesce(of_taker.city, takers.area) AS taker
            FROM seats.moves
            LEFT JOIN seats.seats AS givers ON givers.number = moves.seat
            LEFT JOIN seats.seats AS takers ON takers.number = moves.taken_by
            LEFT JOIN unnest($7::text[], $8::text[]) AS of_giver (county, city) ON of_giver.county = givers.area
            LEFT JOIN unnest($7::text[], $8::text[]) AS of_taker (county, city) ON of_taker.county = takers.area
            WHERE moves.linkedid = calls.linkedid
        ) AS move
    ) AS moved
    WHERE calls.origin = 'trunk' AND calls.started_at >= $1::timestamptz AND calls.started_at < $2::timestamptz
),
part AS (
    -- A call is offered once, to its caller's area; a seat of another area that answered it has helped.
    SELECT coalesce(call.area, '') AS of_area, true AS own, call.* FROM call
    UNION ALL
    SELECT call.seat_area, false, call.* FROM call WHERE answered AND seat_area IS DISTINCT FROM coalesce(area, '')
        AND seat_area IS NOT NULL
),
placed AS (
    SELECT
        part.*,
        CASE WHEN $4::boolean THEN of_area END AS area_of_row,
        CASE $5::text
            WHEN 'half-hour' THEN date_bin('30 minutes', started_at, timestamptz '2000-01-01 00:00:00+08')
            WHEN 'day' THEN date_bin('1 day', started_at, timestamptz '2000-01-01 00:00:00+08')
        END AS begins_at
    FROM part WHERE $3::text[] IS NULL OR of_area = ANY ($3::text[])
),
counted AS (
    SELECT
        grouping(area_of_row) = 1 AS whole,
        area_of_row AS area,
        begins_at,
        count(*) FILTER (WHERE own) AS offered,
        count(*) FILTER (WHERE own AND outcome = 'self_served') AS self_served,
        count(*) FILTER (WHERE own AND outcome <> 'self_served') AS wanted,
        count(*) FILTER (WHERE own AND queued) AS queued,
        count(*) FILTER (WHERE own AND answered) AS answered,
        count(*) FILTER (WHERE own AND answered AND wait_ms <= 15000) AS answered_in_15,
        count(*) FILTER (WHERE own AND answered AND seat_area IS NOT DISTINCT FROM of_area) AS answered_by_own,
        count(*) FILTER (WHERE own AND answered AND seat_area IS DISTINCT FROM of_area) AS answered_by_others,
        count(*) FILTER (WHERE NOT own) AS answered_for_others,
        count(*) FILTER (WHERE own AND outcome = 'abandoned_in_menu') AS abandoned_in_menu,
        count(*) FILTER (WHERE own AND outcome = 'abandoned_in_queue') AS abandoned_in_queue,
        count(*) FILTER (WHERE own AND abandoned_after_ms IS NOT NULL) AS abandoned,
        count(*) FILTER (WHERE own AND abandoned_after_ms <= 5000) AS short_abandoned,
        count(*) FILTER (WHERE own AND outcome = 'told_and_ended') AS told_and_ended,
        count(*) FILTER (WHERE own AND outcome = 'message_left') AS message_left,
        count(*) FILTER (WHERE own AND outcome = 'callback_booked') AS callback_booked,
        coalesce(sum(callbacks_owed) FILTER (WHERE own), 0)::bigint AS callbacks_owed,
        coalesce(sum(callbacks_made) FILTER (WHERE own), 0)::bigint AS callbacks_made,
        coalesce(sum(callbacks_in_time) FILTER (WHERE own), 0)::bigint AS callbacks_in_time,
        coalesce(sum(appointments) FILTER (WHERE own), 0)::bigint AS appointments,
        coalesce(sum(appointments_kept) FILTER (WHERE own), 0)::bigint AS appointments_kept,
        count(*) FILTER (WHERE own AND message_dealt) AS messages_dealt,
        count(*) FILTER (WHERE own AND message_in_time) AS messages_in_time,
        count(*) FILTER (WHERE own AND outcome = 'failed') AS failed,
        count(*) FILTER (WHERE own AND outcome = 'interrupted') AS interrupted,
        count(*) FILTER (WHERE own AND rating_asked) AS rating_asked,
        count(*) FILTER (WHERE own AND score IS NOT NULL) AS rated,
        count(*) FILTER (WHERE own AND score >= 4) AS satisfied,
        count(*) FILTER (WHERE own AND spoken_with) AS spoken_with,
        count(*) FILTER (WHERE own AND voice_to_human) AS voice_to_human,
        coalesce(sum(moved) FILTER (WHERE own), 0)::bigint AS moved,
        coalesce(sum(brought_in_city) FILTER (WHERE own), 0)::bigint AS brought_in_city,
        coalesce(sum(brought_in_province) FILTER (WHERE own), 0)::bigint AS brought_in_province,
        coalesce(sum(hands_raised) FILTER (WHERE own), 0)::bigint AS hands_raised,
        coalesce(sum(hands_taken) FILTER (WHERE own), 0)::bigint AS hands_taken,
        sum(help_ms) FILTER (WHERE own) / nullif(sum(hands_taken) FILTER (WHERE own), 0) AS help_mean_ms,
        count(*) FILTER (WHERE own AND called_again) AS called_again,
        count(*) FILTER (WHERE own AND voice_content AND NOT called_again) AS voice_resolved,
        avg(wait_ms) FILTER (WHERE own AND answered) AS wait_mean_ms,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_ms) FILTER (WHERE own AND answered) AS wait_p50_ms,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY wait_ms) FILTER (WHERE own AND answered) AS wait_p95_ms,
        avg(abandoned_after_ms) FILTER (WHERE own) AS abandoned_after_mean_ms,
        avg(talk_ms) FILTER (WHERE own AND answered) AS talk_mean_ms,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY talk_ms) FILTER (WHERE own AND answered) AS talk_p50_ms,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY talk_ms) FILTER (WHERE own AND answered) AS talk_p95_ms
    FROM placed
    GROUP BY GROUPING SETS ((area_of_row, begins_at), ())
)
SELECT
    whole, area, begins_at,
    offered, self_served, wanted, queued,
    answered, answered_by_own, answered_by_others, answered_for_others,
    answered::float8 / nullif(wanted, 0) AS connect_rate,
    answered::float8 / nullif(wanted - short_abandoned, 0) AS connect_rate_net,
    answered_in_15,
    answered_in_15::float8 / nullif(wanted, 0) AS service_level,
    answered_in_15::float8 / nullif(wanted - short_abandoned, 0) AS service_level_net,
    abandoned_in_menu, abandoned_in_queue, abandoned, short_abandoned,
    abandoned::float8 / nullif(wanted, 0) AS abandon_rate,
    (abandoned - short_abandoned)::float8 / nullif(wanted - short_abandoned, 0) AS abandon_rate_net,
    told_and_ended, message_left, callback_booked, failed, interrupted,
    messages_dealt, messages_in_time, callbacks_owed, callbacks_made, callbacks_in_time, appointments, appointments_kept,
    rating_asked, rated, satisfied,
    rated::float8 / nullif(rating_asked, 0) AS response_rate,
    satisfied::float8 / nullif(rated, 0) AS satisfaction,
    spoken_with, voice_to_human, called_again, voice_resolved,
    voice_resolved::float8 / nullif(offered, 0) AS ai_share,
    moved, brought_in_city, brought_in_province, hands_raised, hands_taken,
    round(help_mean_ms)::bigint AS help_mean_ms,
    round(wait_mean_ms)::bigint AS wait_mean_ms,
    round(wait_p50_ms)::bigint AS wait_p50_ms,
    round(wait_p95_ms)::bigint AS wait_p95_ms,
    round(abandoned_after_mean_ms)::bigint AS abandoned_after_mean_ms,
    round(talk_mean_ms)::bigint AS talk_mean_ms,
    round(talk_p50_ms)::bigint AS talk_p50_ms,
    round(talk_p95_ms)::bigint AS talk_p95_ms
FROM counted
ORDER BY whole, begins_at, area;
