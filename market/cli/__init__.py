"""The command line: thin shells around clients, services and processes.

    owner       what needs an owner's keys: agent, publishing, terms, grants, approvals
    buyer       from a quote to an opened result, and what it proves
    member      a consortium, step by step
    operator    the platform's processes and their administration
    entry       what `market` starts: the tree of commands, once it is loaded
    main        the tree of commands, each loaded when it is called
    lazy        groups that know their commands by module name
    session     whose home, which output; the bridge from typed errors to exit codes
    output      tables and progress for people, one JSON document for programs

The modules beside them are everybody's: signing in, keys, pins, the inbox, finding a dataset.

Exit codes: 0 done; 1 refused or failed, with a code and the next action; 2 wrong usage; 3 (`step`
alone) the job has ended; 130 Ctrl-C before a command had begun. With --json, standard output is
one JSON document: the result, or {"error": {"code", "message", "next_action"}}; words for people go
to standard error, and so does all about wrong usage.
Passwords and passphrases are read from standard input, a terminal or a file, never from arguments.
"""
