"""The world that the tests live in.

Values       builders: a whole, valid record of each kind; tables, random_ciphertext: owners' data;
             buyers_repository, bomb_repositories, hostile_programs: what buyers commit
Markets      market: the platform's services over ports in memory (memory/), or over SQLite
             (durable_market, platform_database), with stages in process (stages)
With HTTP    portal_market: the portal in this process, and browsers; live_market: the portal on
             loopback, an owner with their agent, buyers; command_lines: the same through commands;
             served_portal: `market serve` as a process; airflow_door: Airflow's sign-on
Results      sealed_results: a released job with everybody's keys; cheating_platform: a portal that
             hands out whatever it is given
Hostility    crashes, agent_crashes, setup_crashes, platform_crashes: processes that kill themselves
             at a write; ledger_worker, full_disk_story, keyring_holder: run as processes;
             hostile_portal: a server that sends any bytes; sandboxed: one program in the sandbox
Fixtures     fixtures: those of several folders; dialogue: transcripts of commands; passable
"""
