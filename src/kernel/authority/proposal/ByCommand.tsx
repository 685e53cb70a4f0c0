/** How an installation comes by another security administrator: on the screen while one can decide, by command where none can. */
export function ByCommand() {
  return (
    <>
      <p>怎样增设：系统管理员在“人员与岗位”里新增一人，岗位选“安全管理员”，由现任的安全管理员批准。没有现任的，或现任的不能登录，请运维人员在服务器上执行：</p>
      <pre className="rights-command">npm run -s gongxie -- user add 登录名 --name 姓名 --role security_administrator</pre>
    </>
  )
}
