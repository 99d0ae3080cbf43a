-- Accounts, devices, graph, conversations, messages and the per-person event log.
-- Ids are ULIDs in lower case, times Unix milliseconds, flags 0 or 1.

create table installation (
  name {{text}} primary key,
  value {{text}} not null
) {{clustered}};

create table accounts (
  id {{text}} primary key,
  username {{text}} not null,
  display_name {{text}} not null,
  -- display_name folded for search: lower case, without accents
  search_name {{text}} not null,
  bio {{text}} not null,
  birth_date {{text}} not null,
  password_hash {{text}} not null,
  who_can_message {{text}} not null,
  created_at bigint not null
) {{clustered}};
create unique index accounts_by_username on accounts (username);
create index accounts_by_search_name on accounts (search_name, id);

-- A device is a session: it exists while its token is good.
create table devices (
  id {{text}} primary key,
  account_id {{text}} not null,
  token_hash {{text}} not null,
  name {{text}} not null,
  created_at bigint not null,
  last_seen_at bigint not null,
  revoked_at bigint,
  -- what this device has durably applied (S10)
  acked_seq bigint not null,
  acked_at bigint not null
) {{clustered}};
create unique index devices_by_token on devices (token_hash);
create index devices_by_account on devices (account_id, created_at);

create table follows (
  follower_id {{text}} not null,
  followee_id {{text}} not null,
  created_at bigint not null,
  primary key (follower_id, followee_id)
) {{clustered}};
create index follows_by_followee on follows (followee_id, created_at);

create table blocks (
  blocker_id {{text}} not null,
  blocked_id {{text}} not null,
  created_at bigint not null,
  primary key (blocker_id, blocked_id)
) {{clustered}};
create index blocks_by_blocked on blocks (blocked_id, blocker_id);

create table conversations (
  id {{text}} primary key,
  kind {{text}} not null,
  -- both account ids in order: at most one direct conversation for a pair; null for other kinds
  direct_key {{text}},
  last_seq bigint not null,
  created_at bigint not null
) {{clustered}};
create unique index conversations_by_direct_key on conversations (direct_key);

-- A conversation as one of its members sees it.
create table members (
  conversation_id {{text}} not null,
  account_id {{text}} not null,
  version bigint not null,
  folder {{text}} not null,
  hidden smallint not null,
  unread_count bigint not null,
  read_seq bigint not null,
  cleared_seq bigint not null,
  -- highest message that was handed to any device of this member: decides whether an unsend leaves a line
  fetched_seq bigint not null,
  -- what the others are shown of this member's progress
  shown_delivered_seq bigint not null,
  shown_read_seq bigint not null,
  -- newest message that is still there for this member; 0 for none
  last_message_seq bigint not null,
  last_activity_at bigint not null,
  primary key (conversation_id, account_id)
) {{clustered}};
create index members_by_activity on members (account_id, folder, hidden, last_activity_at, conversation_id);

-- What people wrote. Its rows must never move: where SQLite rebuilds a page, the rows that it shifts
-- leave copies which no later delete reaches, secure_delete or not (U3). So a text is added at the
-- end, an edit adds another, and an unsend overwrites it where it stands, with as many bytes; nothing
-- is ever deleted, inserted between or resized here.
create table texts (
  id {{serial}},
  body text not null
);

create table messages (
  conversation_id {{text}} not null,
  seq bigint not null,
  id {{text}} not null,
  sender_id {{text}} not null,
  client_id {{text}} not null,
  -- of the body as first sent, to tell a retry from another message; gone once unsent
  body_hash {{text}},
  version bigint not null,
  sent_at bigint not null,
  -- null once unsent
  text_id bigint,
  edited_at bigint,
  edit_count smallint not null,
  unsent_at bigint,
  -- 1: unsent before anybody fetched it, so that not even a line remains
  traceless smallint not null,
  primary key (conversation_id, seq)
) {{clustered}};
create unique index messages_by_id on messages (id);
create unique index messages_by_client_id on messages (sender_id, client_id);

-- Earlier texts of an edited message.
create table message_edits (
  message_id {{text}} not null,
  edit_number smallint not null,
  text_id bigint not null,
  written_at bigint not null,
  primary key (message_id, edit_number)
) {{clustered}};

-- Messages that one member deleted for themselves.
create table removed_messages (
  account_id {{text}} not null,
  conversation_id {{text}} not null,
  seq bigint not null,
  primary key (account_id, conversation_id, seq)
) {{clustered}};

-- The event log: kind and ids, never content (S2). Kinds are numbered in sync/kinds.ts.
create table events (
  account_id {{text}} not null,
  seq bigint not null,
  kind smallint not null,
  at bigint not null,
  conversation_id {{text}},
  message_seq bigint,
  subject_id {{text}},
  primary key (account_id, seq)
) {{clustered}};

create table logs (
  account_id {{text}} primary key,
  head bigint not null,
  -- events up to here have been trimmed (S6)
  trimmed_seq bigint not null,
  -- highest seq that any device acknowledged
  delivered_seq bigint not null
) {{clustered}};
