# fish completion for mvimage(1).

set -l verbs build why list report check help version
set -l making build why list report

complete -c mvimage -n "__fish_seen_subcommand_from $verbs; and not __fish_seen_subcommand_from check" -f
complete -c mvimage -n "not __fish_seen_subcommand_from $verbs" -f

complete -c mvimage -n __fish_use_subcommand -a build -d 'Make the image'
complete -c mvimage -n __fish_use_subcommand -a why -d 'Who wants a file in the image'
complete -c mvimage -n __fish_use_subcommand -a list -d 'What is in the image'
complete -c mvimage -n __fish_use_subcommand -a report -d 'What takes the room'
complete -c mvimage -n __fish_use_subcommand -a check -d 'Hold a configuration against an image'
complete -c mvimage -n __fish_use_subcommand -a help -d 'Print the usage'
complete -c mvimage -n __fish_use_subcommand -a version -d 'Print the version'

complete -c mvimage -n '__fish_seen_subcommand_from help' -a 'build why list report check' -d 'Print the usage'

complete -c mvimage -n "not __fish_seen_subcommand_from help version" -s h -l help -d 'Print the usage'
complete -c mvimage -n "not __fish_seen_subcommand_from $verbs" -s V -l version -d 'Print the version'
complete -c mvimage -n "__fish_seen_subcommand_from $making check" -s c -l config -r -F -d 'The configuration'
complete -c mvimage -n "__fish_seen_subcommand_from $making check" -l json -d 'Print JSON'
complete -c mvimage -n "__fish_seen_subcommand_from $making" -s t -l target -x -a 'initramfs tar oci ext4 squashfs zone ramdisk' -d 'What to make'
complete -c mvimage -n "__fish_seen_subcommand_from $making" -l init -r -F -d 'The mvinit for the image'
complete -c mvimage -n "__fish_seen_subcommand_from $making" -l offline -d 'Fetch no package'
complete -c mvimage -n '__fish_seen_subcommand_from build' -s o -l output -r -F -d 'Where it goes'
complete -c mvimage -n '__fish_seen_subcommand_from build' -s n -l dry-run -d 'Write nothing'
complete -c mvimage -n '__fish_seen_subcommand_from report' -l svg -r -F -d 'Draw a picture'
complete -c mvimage -n '__fish_seen_subcommand_from check' -s p -l platform -x -a 'linux illumos' -d 'Whose tables apply'
complete -c mvimage -n '__fish_seen_subcommand_from check' -l machine -d 'As the init of a machine'
complete -c mvimage -n '__fish_seen_subcommand_from check' -l container -d 'As the init of a container'
