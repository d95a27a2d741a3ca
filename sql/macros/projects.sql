{# Last part of a path, whatever its separators. #}
{% macro project_name(path) -%}
coalesce(nullif(string_split(rtrim(replace({{ path }}, '\', '/'), '/'), '/')[-1], ''), {{ path }})
{%- endmacro %}

{# The directory the program was started in, from a directory it worked in and the name of the
   folder the transcript lies in: that name is the directory started in, every character but letters
   and digits written as `-`. Sub-folders the session moved to are taken back to it; where the two
   do not fit, the directory worked in is all that is known. #}
{% macro launch_directory(cwd, folder) -%}
if(
    starts_with(regexp_replace({{ cwd }}, '[^A-Za-z0-9]', '-', 'g'), {{ folder }})
    and substr({{ cwd }}, length({{ folder }}) + 1, 1) in ('/', '\'),
    left({{ cwd }}, length({{ folder }})),
    {{ cwd }}
)
{%- endmacro %}

{# The repository of a directory that is, or lies in, a worktree made for an agent:
   `repo/.claude/worktrees/x`, `repo/.worktrees/x`, and `worktrees/repo/x/repo` beside `repo`.
   Other directories are what they are. #}
{% macro without_worktree(path) -%}
case
    when regexp_matches({{ path }}, '.[/\\]\.(claude[/\\])?worktrees[/\\]')
        then regexp_extract({{ path }}, '^(.+?)[/\\]\.(claude[/\\])?worktrees[/\\]', 1)
    when regexp_extract({{ path }}, '^.+/worktrees/([^/]+)/[^/]+/([^/]+)', 1)
        = nullif(regexp_extract({{ path }}, '^.+/worktrees/([^/]+)/[^/]+/([^/]+)', 2), '')
        then regexp_replace({{ path }}, '/worktrees/([^/]+)/.*$', '/\1')
    else {{ path }}
end
{%- endmacro %}

{# A path as seen from the directory a session was started in, else from its project, with forward
   slashes; the worktree of a sub-agent inside the project counts as the project. Null outside. #}
{% macro path_below(path, launch_directory, project_path) -%}
regexp_replace(
    case
        when starts_with(replace({{ path }}, '\', '/'), {{ as_folder(launch_directory) }})
            then substr(replace({{ path }}, '\', '/'), length({{ as_folder(launch_directory) }}) + 1)
        when starts_with(replace({{ path }}, '\', '/'), {{ as_folder(project_path) }})
            then substr(replace({{ path }}, '\', '/'), length({{ as_folder(project_path) }}) + 1)
    end,
    '^\.(claude/)?worktrees/[^/]+/',
    ''
)
{%- endmacro %}

{# A directory with forward slashes and one at the end. #}
{% macro as_folder(path) -%}
(rtrim(replace({{ path }}, '\', '/'), '/') || '/')
{%- endmacro %}
