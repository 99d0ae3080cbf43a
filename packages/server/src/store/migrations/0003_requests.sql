-- What strangers asked: one row for each pair and direction, about the latest request.
create table requests (
  sender_id {{text}} not null,
  recipient_id {{text}} not null,
  conversation_id {{text}} not null,
  -- the one message that asks
  message_seq bigint not null,
  -- pending, accepted, declined, withdrawn or expired
  state {{text}} not null,
  requested_at bigint not null,
  primary key (sender_id, recipient_id)
) {{clustered}};
create index requests_by_recipient on requests (recipient_id, state, requested_at);
create index requests_by_age on requests (state, requested_at);

-- How many new people somebody has asked on a day (days since 1970, UTC).
create table request_days (
  account_id {{text}} not null,
  day bigint not null,
  requests bigint not null,
  primary key (account_id, day)
) {{clustered}};
