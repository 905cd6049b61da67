"""The store: the only SQL, the only commits. Functions take a Transaction first and return values, no rows.

    database = Database(settings.sqlalchemy_url)          # connect 2 s, statement 3 s, answer 4 s
    with database.transaction() as tx: ...                # StoreUnavailable when PostgreSQL is the reason

database         Database.transaction, Transaction, StoreUnavailable
errors           NotFound, ChangedMeanwhile, Refused
migrate          upgrade(url), downgrade(url, revision)
languages        find_language, record_language
cases            find_case, get_case, find_case_status, find_case_of_call, list_earlier_cases,
list_case_changes, list_calls_of_case, change_case, save_case_for_call, open_case calls
list_calls, find_call, get_call, set_disposition lists            list_topics, list_dispositions directory
search_directory, find_department, list_departments, record_departments, record_officials agents
list_agents, find_agent, add_agent, change_agent, reset_agent_secret, ha1, new_secret roster
export_roster, find_roster_stamp, write_roster, publish_roster users            authenticate_user,
change_password, reset_password, replace_lost_password, list_logins, add_user, find_user, get_user, list_users,
change_user (those that hash
take the Database: no transaction is open meanwhile) first_logins     create_first_logins(url, demo), random_password
sessions         end_sessions agents_calls  has_call, has_case, has_citizen: whose business a call is cel_lines  list_cel_of_call
access           record_access, list_accesses demo             load_demo(settings, progress) projection
project, change_accounts: the recorder's transaction; witness_lines is its other half schema           the
tables
"""
