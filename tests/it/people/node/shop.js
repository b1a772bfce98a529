// A web application that counts views in its sessions. Its argument is where Databunker would be; it prints
// the port on which it serves.
const { randomUUID } = require('crypto')
const express = require('express')
const session = require('express-session')
const Store = require('@databunker/session-store')(session)

const shop = express()
shop.use(session({
  genid: () => randomUUID(),
  secret: 'of the test',
  resave: false,
  saveUninitialized: true,
  store: new Store({ url: process.argv[2], token: 'DEMO' }),
}))
shop.get('/', (request, response) => {
  request.session.views = (request.session.views || 0) + 1
  response.json({ id: request.sessionID, views: request.session.views })
})
shop.post('/login', (request, response, next) => request.session.regenerate((error) => {
  if (error) return next(new Error(error))
  request.session.login = 'ann'
  response.json({ id: request.sessionID })
}))
shop.post('/logout', (request, response, next) => request.session.destroy((error) => {
  if (error) return next(new Error(error))
  response.json({})
}))
const server = shop.listen(0, '127.0.0.1', () => console.log(server.address().port))
