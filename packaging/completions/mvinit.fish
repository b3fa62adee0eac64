# fish completion for mvinit(8).

set -l verbs check plan version help inittab poweroff reboot halt reload status start stop restart kill log wait exec analyze upgrade
set -l asking poweroff reboot halt reload status start stop restart kill log wait exec analyze upgrade
set -l signals HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RTMAX
set -l run "not __fish_seen_subcommand_from $verbs"

complete -c mvinit -n "__fish_seen_subcommand_from $verbs; and not __fish_seen_subcommand_from check plan exec" -f

complete -c mvinit -n __fish_use_subcommand -a check -d 'Report every error of a configuration'
complete -c mvinit -n __fish_use_subcommand -a plan -d 'Print the steps that would be taken'
complete -c mvinit -n __fish_use_subcommand -a version -d 'Print the version'
complete -c mvinit -n __fish_use_subcommand -a help -d 'Print the usage'
complete -c mvinit -n __fish_use_subcommand -a inittab -d 'mvinit as the smf entry of illumos init'
complete -c mvinit -n __fish_use_subcommand -a poweroff -d 'Power off'
complete -c mvinit -n __fish_use_subcommand -a reboot -d Reboot
complete -c mvinit -n __fish_use_subcommand -a halt -d Halt
complete -c mvinit -n __fish_use_subcommand -a reload -d 'Have the configuration read again'
complete -c mvinit -n __fish_use_subcommand -a status -d 'What the application and the machine do'
complete -c mvinit -n __fish_use_subcommand -a start -d 'Start the application'
complete -c mvinit -n __fish_use_subcommand -a stop -d 'Stop the application'
complete -c mvinit -n __fish_use_subcommand -a restart -d 'Restart the application'
complete -c mvinit -n __fish_use_subcommand -a kill -d 'Send the application a signal'
complete -c mvinit -n __fish_use_subcommand -a log -d 'What the application wrote'
complete -c mvinit -n __fish_use_subcommand -a wait -d 'Return once the application is ready or down'
complete -c mvinit -n __fish_use_subcommand -a exec -d 'Run a command as the application is run'
complete -c mvinit -n __fish_use_subcommand -a analyze -d 'What booting took its time for'
complete -c mvinit -n __fish_use_subcommand -a upgrade -d 'Go on with another program'

complete -c mvinit -n $run -s c -l config -r -F -d 'The configuration'
complete -c mvinit -n $run -l control -r -F -d 'The control socket'
complete -c mvinit -n $run -l machine -d 'Act as the init of a machine'
complete -c mvinit -n $run -l container -d 'Act as the init of a container'
complete -c mvinit -n $run -s s -l subreaper -d 'Adopt orphans without being PID 1'
complete -c mvinit -n $run -s g -l group -d 'Forward signals to the process group'
complete -c mvinit -n $run -s w -l warn -d 'Tell of every orphan that is reaped'
complete -c mvinit -n $run -s v -l verbose -d 'Say more'
complete -c mvinit -n $run -s e -l remap-exit -x -d 'Exit with 0 where the application exits with this'
complete -c mvinit -n $run -s r -l rewrite -x -d 'Forward signal FROM as TO'
complete -c mvinit -n $run -s p -l parent-death -x -a "$signals" -d 'Signal when the parent dies'

complete -c mvinit -n "not __fish_seen_subcommand_from version help" -s h -l help -d 'Print the usage'
complete -c mvinit -n "not __fish_seen_subcommand_from version help" -s V -l version -d 'Print the version'
complete -c mvinit -n "__fish_seen_subcommand_from check plan inittab $asking" -l json -d 'Print JSON'
complete -c mvinit -n "__fish_seen_subcommand_from $asking" -l control -r -F -d 'The control socket'

complete -c mvinit -n '__fish_seen_subcommand_from check plan' -l platform -x -a 'linux illumos' -d 'Whose tables apply'
complete -c mvinit -n '__fish_seen_subcommand_from plan' -l facts -r -F -d 'Plan for this machine'
complete -c mvinit -n '__fish_seen_subcommand_from plan' -l machine -d 'As the init of a machine'
complete -c mvinit -n '__fish_seen_subcommand_from plan' -l container -d 'As the init of a container'
complete -c mvinit -n '__fish_seen_subcommand_from inittab' -a 'check install remove'
complete -c mvinit -n '__fish_seen_subcommand_from inittab' -l root -r -F -d 'Below which etc is'
complete -c mvinit -n '__fish_seen_subcommand_from inittab' -l command -x -d 'What the entry is to run'
complete -c mvinit -n '__fish_seen_subcommand_from start stop restart' -l no-wait -d 'Do not wait until it is done'
complete -c mvinit -n '__fish_seen_subcommand_from start stop restart wait' -l timeout -x -d 'At most so long'
complete -c mvinit -n '__fish_seen_subcommand_from kill' -a "$signals"
complete -c mvinit -n '__fish_seen_subcommand_from log' -s f -l follow -d 'Go on'
complete -c mvinit -n '__fish_seen_subcommand_from log' -s n -l lines -x -d 'So many of the last lines'
complete -c mvinit -n '__fish_seen_subcommand_from wait' -l ready -d 'Until it is ready'
complete -c mvinit -n '__fish_seen_subcommand_from wait' -l down -d 'Until it is down'
complete -c mvinit -n '__fish_seen_subcommand_from exec' -l rescue -d 'As a plain shell is run'
complete -c mvinit -n '__fish_seen_subcommand_from exec' -a '(__fish_complete_subcommand --fcs-skip=2)'
complete -c mvinit -n '__fish_seen_subcommand_from analyze' -l svg -r -F -d 'Draw a picture'
complete -c mvinit -n '__fish_seen_subcommand_from upgrade' -l check -d 'Only try it'
complete -c mvinit -n '__fish_seen_subcommand_from upgrade' -F
