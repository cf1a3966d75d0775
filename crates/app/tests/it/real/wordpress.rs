//! WordPress of Debian's package, installed into a database of the test's own.

use std::path::Path;
use std::process::Command;

use crate::servers::Server;

/// Where the package has it.
pub const ROOT: &str = "/usr/share/wordpress";

/// Makes the database and installs a site whose home page leads to the log-in of its editors. Hands back the server of the database, and
/// the script that is to run before each of WordPress.
pub fn install(folder: &Path, host: &str, database: std::net::SocketAddr) -> (Server, String) {
    let own = folder.join(host);
    std::fs::create_dir(&own).unwrap();
    for entry in std::fs::read_dir(ROOT).unwrap() {
        let path = entry.unwrap().path();
        if let Some(name) = path.file_name().filter(|name| *name != "wp-config.php") {
            std::os::unix::fs::symlink(&path, own.join(name)).unwrap();
        }
    }
    let socket = own.join("socket");
    let configuration = format!(
        "<?php\ndefine('DB_NAME', 'wordpress');\ndefine('DB_USER', 'root');\ndefine('DB_PASSWORD', '');\n\
         define('DB_HOST', 'localhost:{}');\ndefine('DB_CHARSET', 'utf8mb4');\ndefine('DISABLE_WP_CRON', true);\n\
         define('WP_HTTP_BLOCK_EXTERNAL', true);\ndefine('WP_CONTENT_DIR', '/var/lib/wordpress/wp-content');\n\
         $table_prefix = 'wp_';\nrequire_once ABSPATH . 'wp-settings.php';\n",
        socket.display()
    );
    std::fs::write(own.join("wp-config.php"), configuration).unwrap();
    let first = format!("<?php define('ABSPATH', '{}/');", own.display());

    let server = Server::mariadb(&own, database, "CREATE DATABASE wordpress;\n");
    let installation = own.join("install.php");
    let script = format!(
        "{first}\ndefine('WP_INSTALLING', true);\n\
         $_SERVER = ['HTTP_HOST' => '{host}', 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET'] + $_SERVER;\n\
         function wp_mail() {{ return true; }}\nrequire ABSPATH . 'wp-load.php';\nrequire ABSPATH . 'wp-admin/includes/upgrade.php';\n\
         wp_install('书院县人民政府', 'editor', 'editor@example.gov.cn', true, '', wp_generate_password());\n\
         $home = wp_insert_post(['post_type' => 'page', 'post_status' => 'publish', 'post_title' => '首页',\n  \
         'post_content' => '<p>书院县人民政府在此发布本县新闻。</p><p><a href=\"/wp-login.php\">后台登录</a></p>']);\n\
         update_option('show_on_front', 'page');\nupdate_option('page_on_front', $home);\n"
    );
    std::fs::write(&installation, script).unwrap();
    let installed = Command::new("php").arg(&installation).output().unwrap();
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stdout));
    (server, first)
}
